import { readZip } from '../../shared/sources/zip/read-zip.ts';
import { servedArchive } from '../builders/zip-endpoint.ts';
import { peakMemoryBytes } from './peak-memory.ts';

// A process of its own: reads the members of a served zip in one pass, and prints how many there were and how much memory it took:
// node --max-heap-size=128 zip-read.ts URL BYTES

const [, , url = '', sizeBytes = ''] = process.argv;

let members = 0;
let bytes = 0;
let lastName = '';
for await (const { name, size, entry } of readZip(servedArchive(url, Number(sizeBytes)), undefined)) {
  if (entry === undefined) throw new Error(`${name} cannot be read`);
  members += 1;
  bytes += size;
  lastName = name;
}
const peakRssBytes = peakMemoryBytes();
console.log(JSON.stringify({ members, bytes, lastName, peakRssBytes }));
process.exit();
