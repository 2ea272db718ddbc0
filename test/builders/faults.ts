import type { RequestHandler } from '../../localstack/embedded/endpoint.ts';

const slowDown =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';

/** S3 answers 503 to the first `times` requests of this method whose path starts so. */
export function unavailable(method: string, pathPrefix: string, times = Infinity): RequestHandler {
  let left = times;
  return (req, res, url) => {
    if (req.method !== method || !url.pathname.startsWith(pathPrefix) || left === 0) return false;
    left -= 1;
    req.resume();
    res.writeHead(503, { 'content-type': 'application/xml' }).end(slowDown);
    return true;
  };
}

/** S3 announces the whole object and breaks off in the middle of it, the first `times` that it is read. */
export function brokenBody(pathPrefix: string, body: Buffer, times: number): RequestHandler {
  let left = times;
  return (req, res, url) => {
    if (req.method !== 'GET' || !url.pathname.startsWith(pathPrefix) || left === 0) return false;
    left -= 1;
    res.writeHead(200, { 'content-length': body.length });
    res.write(body.subarray(0, body.length / 2), () => res.destroy());
    return true;
  };
}

/** S3 answers with less than the object, and says so. */
export function shortBody(pathPrefix: string, body: Buffer, times: number): RequestHandler {
  let left = times;
  return (req, res, url) => {
    if (req.method !== 'GET' || !url.pathname.startsWith(pathPrefix) || left === 0) return false;
    left -= 1;
    res.writeHead(200, { 'content-length': Math.floor(body.length / 2) });
    res.end(body.subarray(0, Math.floor(body.length / 2)));
    return true;
  };
}

/** SQS answers 503 to everything. */
export const queuesUnavailable: RequestHandler = (req, res) => {
  if (!String(req.headers['x-amz-target']).startsWith('AmazonSQS.')) return false;
  req.resume();
  res.writeHead(503, { 'content-type': 'application/x-amz-json-1.0' });
  res.end('{"__type":"com.amazonaws.sqs#ServiceUnavailable","message":"try again"}');
  return true;
};
