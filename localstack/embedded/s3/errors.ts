import { AwsError } from '../aws-error.ts';

// Codes, statuses and texts: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

export function noSuchBucket(bucket: string): AwsError {
  return new AwsError('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: bucket });
}

export function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 404, 'The specified key does not exist.', { Key: key });
}

export function noSuchUpload(uploadId: string): AwsError {
  return new AwsError(
    'NoSuchUpload',
    404,
    'The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId: uploadId },
  );
}

export function preconditionFailed(condition: string): AwsError {
  return new AwsError('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
}

/** What the embedded stack leaves out (see scope.md). */
export function notImplemented(what: string): AwsError {
  return new AwsError('NotImplemented', 501, `${what} is not implemented by the embedded stack`);
}

export function invalidArgument(message: string, name: string, value: string): AwsError {
  return new AwsError('InvalidArgument', 400, message, { ArgumentName: name, ArgumentValue: value });
}

export function invalidRequest(message: string): AwsError {
  return new AwsError('InvalidRequest', 400, message);
}

export function malformedXml(reason: string): AwsError {
  return new AwsError(
    'MalformedXML',
    400,
    `The XML you provided was not well-formed or did not validate against our published schema (${reason})`,
  );
}

export function badDigest(algorithm: string): AwsError {
  return new AwsError('BadDigest', 400, `The ${algorithm} you specified did not match the calculated checksum.`);
}

export function diskFull(): AwsError {
  return new AwsError(
    'InsufficientStorage',
    507,
    "No space is left on the device that holds the embedded stack's data directory",
  );
}
