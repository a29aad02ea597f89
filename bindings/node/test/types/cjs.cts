// The same package for CommonJS.

import cb = require('holysheep-cb');

export const answer: Promise<number> = new cb.Breaker('relay').call(async (n: number) => n, 1);
export const isRejection = (error: unknown): error is cb.CircuitOpenError => error instanceof cb.CircuitOpenError;
