// The sparkline of a cell: calls as an area, failures as one before it, rejected calls as a dashed line.

import { SPARK } from './model.js';

const HEIGHT = 20;

/** Draws the last minute into the three paths of a 59 by 20 drawing; each breaker has a scale of its own, from 1 a second on. */
export function draw(svg, cell) {
  const { spark } = cell;
  const top = Math.max(1, ...spark.map(([calls, , rejected]) => Math.max(calls, rejected)));
  const [calls, failures, rejected] = svg.children;
  calls.setAttribute('d', area(spark, 0, top));
  failures.setAttribute('d', area(spark, 1, top));
  rejected.setAttribute('d', spark.some((point) => point[2] > 0) ? line(spark, 2, top) : '');
}

function line(spark, column, top) {
  const from = SPARK - spark.length;
  return spark.map((point, i) => `${i ? 'L' : 'M'}${from + i} ${(HEIGHT - (point[column] / top) * (HEIGHT - 1)).toFixed(1)}`).join('');
}

function area(spark, column, top) {
  if (!spark.some((point) => point[column] > 0)) return '';
  return `M${SPARK - spark.length} ${HEIGHT}${line(spark, column, top).replace('M', 'L')}L${SPARK - 1} ${HEIGHT}Z`;
}
