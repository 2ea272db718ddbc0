import type { RequestHandler } from '../../localstack/embedded/endpoint.ts';

interface RangeAnswer {
  readonly pathPrefix: string;
  /** The object. */
  readonly body: Buffer;
  /** GETs of a range that has this byte are struck. */
  readonly at: number;
  readonly times: number;
}

/** First and last byte that a GET of such a path asks for. */
function rangeOf(header: string | undefined): { first: number; last: number } | undefined {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(header ?? '') ?? [];
  return first === undefined || last === undefined ? undefined : { first: Number(first), last: Number(last) };
}

function striking(
  { pathPrefix, body, at, times }: RangeAnswer,
  strike: (range: { first: number; last: number }, res: Parameters<RequestHandler>[1]) => void,
): RequestHandler {
  let left = times;
  return (req, res, url) => {
    const asked = req.method === 'GET' && url.pathname.startsWith(pathPrefix) ? rangeOf(req.headers.range) : undefined;
    if (asked === undefined || at < asked.first || at > asked.last || left === 0) return false;
    left -= 1;
    strike({ first: asked.first, last: Math.min(asked.last, body.length - 1) }, res);
    return true;
  };
}

/** S3 announces the whole range and breaks off before one of its bytes. */
export function brokenRange(answer: RangeAnswer): RequestHandler {
  const { body, at } = answer;
  return striking(answer, ({ first, last }, res) => {
    const headers = { 'content-length': last + 1 - first, 'content-range': `bytes ${first}-${last}/${body.length}` };
    res.writeHead(206, headers);
    res.write(body.subarray(first, at), () => res.destroy());
  });
}

/** S3 answers with less than the range, as if the object were shorter. */
export function shortRange(answer: RangeAnswer): RequestHandler {
  const { body, at } = answer;
  return striking(answer, ({ first, last }, res) => {
    const headers = { 'content-length': at - first, 'content-range': `bytes ${first}-${last}/${body.length}` };
    res.writeHead(206, headers);
    res.end(body.subarray(first, at));
  });
}

/** S3 knows nothing of ranges. */
export function wholeInstead(answer: RangeAnswer): RequestHandler {
  return striking(answer, (_range, res) => {
    res.writeHead(200, { 'content-length': answer.body.length });
    res.end(answer.body);
  });
}
