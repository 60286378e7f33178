import type { Endpoint } from '@backhaul/sdk'
import type { ReactNode } from 'react'
import { Card } from '../../parts/card.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Time } from '../../parts/time.tsx'

const schemes = { v1: 'v1: HMAC-SHA256 with a shared secret', v1a: 'v1a: Ed25519, verified with the public key' }

export function EndpointFacts({ endpoint }: { endpoint: Endpoint }) {
  const { url, description, eventTypes, headers, signatureScheme, publicKey, secretHint, olderSecrets } = endpoint
  const facts: [string, ReactNode][] = [
    ['URL', url ?? 'none: the receiver connects (backhaul listen)'],
    ['Description', description === null ? '–' : <bdi key="description">{description}</bdi>],
    ['Event types', eventTypes.length === 0 ? 'all' : <Lines key="types" lines={eventTypes} />],
    [
      'Headers',
      Object.keys(headers).length === 0 ? (
        'none of its own'
      ) : (
        <Lines key="headers" lines={Object.entries(headers).map(([name, value]) => `${name}: ${value}`)} />
      ),
    ],
    ['Signature', schemes[signatureScheme]],
    [
      'Secret',
      <code key="hint" className="font-mono">
        {secretHint}
      </code>,
    ],
    ...olderSecrets.map(({ hint, expiresAt }): [string, ReactNode] => [
      `and ${hint}`,
      <span key={hint}>
        signs as well, ends <Time at={expiresAt} />
      </span>,
    ]),
    ...(publicKey
      ? [
          [
            'Public key',
            <code key="key" className="font-mono">
              {publicKey}
            </code>,
          ] as [string, ReactNode],
        ]
      : []),
    [
      'At most',
      endpoint.maximumDeliveriesPerSecond === null
        ? 'as many a second as it takes'
        : `${endpoint.maximumDeliveriesPerSecond} deliveries a second`,
    ],
    ['Verification', endpoint.verification],
    ['Created', <Time key="at" at={endpoint.createdAt} />],
  ]
  return (
    <Card title="Facts">
      <Facts facts={facts} />
    </Card>
  )
}

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  )
}
