import { getBucketNotification, putBucketNotification } from './actions/bucket-notification.ts';
import { completeMultipartUpload } from './actions/complete-multipart-upload.ts';
import { copyObject } from './actions/copy-object.ts';
import { createBucket } from './actions/create-bucket.ts';
import { deleteBucket } from './actions/delete-bucket.ts';
import { deleteObject } from './actions/delete-object.ts';
import { deleteObjects } from './actions/delete-objects.ts';
import { getBucketLocation } from './actions/get-bucket-location.ts';
import { getObject, headObject } from './actions/get-object.ts';
import { headBucket } from './actions/head-bucket.ts';
import { listBuckets } from './actions/list-buckets.ts';
import { listMultipartUploads } from './actions/list-multipart-uploads.ts';
import { listObjects, listObjectsV2 } from './actions/list-objects.ts';
import { listParts } from './actions/list-parts.ts';
import { abortMultipartUpload, createMultipartUpload } from './actions/multipart-upload.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './actions/object-tagging.ts';
import { putObject } from './actions/put-object.ts';
import { uploadPart, uploadPartCopy } from './actions/upload-part.ts';
import type { S3Action } from './services.ts';

/** Every S3 action of the embedded stack, by AWS's name. */
export const s3Actions = {
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: createBucket,
  CreateMultipartUpload: createMultipartUpload,
  DeleteBucket: deleteBucket,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  DeleteObjectTagging: deleteObjectTagging,
  GetBucketLocation: getBucketLocation,
  GetBucketNotificationConfiguration: getBucketNotification,
  GetObject: getObject,
  GetObjectTagging: getObjectTagging,
  HeadBucket: headBucket,
  HeadObject: headObject,
  ListBuckets: listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListParts: listParts,
  PutBucketNotificationConfiguration: putBucketNotification,
  PutObject: putObject,
  PutObjectTagging: putObjectTagging,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
} satisfies Record<string, S3Action>;

export type S3ActionName = keyof typeof s3Actions;
