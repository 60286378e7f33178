/** Where a bucket is and how it is spoken to. */
export interface S3Config {
  readonly bucket: string
  readonly region: string
  readonly endpoint: string | null
  readonly publicEndpoint: string | null
  /** Null: wherever the AWS SDK finds some. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null
  readonly forcePathStyle: boolean
}
