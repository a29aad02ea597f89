// The same objects as for require(): one package, one copy.
import cb from './dist/index.js';

export const {
  Answer,
  Breaker,
  Bulkhead,
  BulkheadFullError,
  BulkheadPermit,
  CircuitOpenError,
  Client,
  ClientError,
  LimitedError,
  Limiter,
  Permit,
  Piece,
  PieceStream,
  Segment,
  breakerFetch,
  breakerInterceptor,
} = cb;
