import { flag, text } from './setting.ts'

/** The rows of the settings' table about the S3 server. */
export const s3Rows = {
  S3_BUCKET: text({
    description: 'Bucket that files are stored in',
    expected: 'a bucket name of 3 to 63 characters (a-z 0-9 . -)',
    pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    absent: 'files are kept under `DATA_DIR`',
  }),
  S3_REGION: text({ description: 'Region of the bucket', expected: 'a region name', default: 'us-east-1' }),
  S3_ENDPOINT: text({
    description: 'Address of the S3 server',
    expected: 'an http(s) URL',
    secret: true,
    absent: "AWS's own for the region",
  }),
  S3_ACCESS_KEY_ID: text({
    description: 'Key for the S3 server',
    expected: 'a key id',
    secret: true,
    absent: "the AWS SDK's usual sources (role, profile, instance)",
  }),
  S3_SECRET_ACCESS_KEY: text({
    description: 'Secret that belongs to `S3_ACCESS_KEY_ID`',
    expected: 'a secret key',
    secret: true,
  }),
  S3_FORCE_PATH_STYLE: flag({
    description: 'Put the bucket into the path instead of the host name',
    expected: 'true or false',
    absent: 'true with an `S3_ENDPOINT`, otherwise false',
  }),
  S3_PUBLIC_ENDPOINT: text({
    description: 'Address in presigned links, when clients see another one than the service',
    expected: 'an http(s) URL',
    secret: true,
    absent: '`S3_ENDPOINT`',
  }),
}
