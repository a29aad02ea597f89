// The same objects as for require(): one package, one copy.
import cb from './dist/index.js';

export const { Breaker, CircuitOpenError, Permit, Segment, breakerFetch, breakerInterceptor } = cb;
