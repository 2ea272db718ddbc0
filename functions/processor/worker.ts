import { serveHost } from './pool/serve-host.ts';
import { loadSharp, sharpVersions } from './render/load-sharp.ts';
import { render } from './render/render.ts';

await serveHost(loadSharp, render, sharpVersions);
