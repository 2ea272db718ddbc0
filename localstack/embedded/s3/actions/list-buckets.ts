import { xmlResponse } from '../request.ts';
import type { S3Action } from '../services.ts';

export const listBuckets: S3Action = (request, { buckets, accountId }) => {
  request.authoriseOther('s3:ListAllMyBuckets', '*');
  return xmlResponse('ListAllMyBucketsResult', [
    ['Owner', [['ID', accountId]]],
    [
      'Buckets',
      buckets.names().map((name) => [
        'Bucket',
        [
          ['Name', name],
          ['CreationDate', new Date(buckets.createdMs(name)).toISOString()],
        ],
      ]),
    ],
  ]);
};
