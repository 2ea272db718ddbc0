import { serveHost } from '../../functions/processor/pool/serve-host.ts';

await serveHost(
  () => Promise.reject(new Error("Cannot find package 'sharp'\nRequire stack: …")),
  () => Promise.reject(new Error('never asked')),
);
