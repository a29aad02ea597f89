// A process that has a seat of a bulkhead, and waits for another, until it is killed.

import { Bulkhead } from '../../index.mjs';

const [segment, name] = process.argv.slice(2);
const bulkhead = new Bulkhead(name, { segment });
const permit = await bulkhead.enter();
void bulkhead.enter();
process.send({ isHeld: permit.isHeld });
setInterval(() => permit.isHeld, 1000);
