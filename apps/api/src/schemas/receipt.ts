import { Type } from 'typebox'
import { closed, ref } from './shapes.ts'

const base64url = '[A-Za-z0-9_-]+'

export const ReceiptSchema = Type.String({
  $id: 'Receipt',
  pattern: `^${base64url}\\.${base64url}\\.${base64url}$`,
  description: `A compact JWS (RFC 7515): header \`{alg: "EdDSA", typ: "backhaul-receipt+jwt", kid}\`, signed with Ed25519. Its payload is a
JWT claims set (RFC 7519): \`iss\` (\`PUBLIC_URL\`, left out if there is none), \`sub\` (the task's id), \`iat\` (when it ended),
\`tenantId\`, \`sessionIdentifier\`, \`url\` and \`finalUrl\` (both without query), \`response\` (\`status\`, \`etag\`, \`lastModified\`),
\`file\` (\`bytes\`, \`checksums\`), \`createdAt\`, \`beganAt\`, \`endedAt\`.`,
})

export const SigningKeySchema = Type.Object(
  {
    kty: Type.Literal('OKP', { type: 'string', description: 'Its kind: an octet key pair.' }),
    crv: Type.Literal('Ed25519', { type: 'string', description: 'Its curve.' }),
    x: Type.String({ pattern: `^${base64url}$`, description: 'The public key, 32 bytes.' }),
    kid: Type.String({
      pattern: `^${base64url}$`,
      description: 'Its thumbprint (RFC 7638), as in the header of receipts.',
    }),
    alg: Type.Literal('EdDSA', { type: 'string', description: 'What it signs with.' }),
    use: Type.Literal('sig', { type: 'string', description: 'It verifies signatures.' }),
  },
  { $id: 'SigningKey', description: 'A public key as JWK (RFC 7517, RFC 8037).', ...closed },
)

export const SigningKeysSchema = Type.Object(
  { keys: Type.Array(ref(SigningKeySchema), { description: 'Newest first. Keys that sign no more are among them.' }) },
  { $id: 'SigningKeys', description: 'A JWK Set (RFC 7517).', ...closed },
)
