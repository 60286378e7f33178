/** The address of a bucket and the means of access to it. */
export interface S3Config {
  readonly bucket: string
  readonly region: string
  readonly endpoint: string | null
  readonly publicEndpoint: string | null
  /** Null: those that the AWS SDK finds. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null
  readonly forcePathStyle: boolean
}
