// The same objects as for require(): one package, one copy.
import cb from './dist/index.js';

export const {
  Breaker,
  Bulkhead,
  BulkheadFullError,
  BulkheadPermit,
  CircuitOpenError,
  LimitedError,
  Limiter,
  Permit,
  Segment,
  breakerFetch,
  breakerInterceptor,
} = cb;
