import { serveHost } from './pool/serve-host.ts';
import { loadSharp } from './render/load-sharp.ts';
import { render } from './render/render.ts';

await serveHost(loadSharp, render);
