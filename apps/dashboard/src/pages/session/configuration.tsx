import type { Configuration } from '@backhaul/sdk'
import { Card } from '../../parts/card.tsx'
import { settingFact, settingGroups } from '../../rules/session-configuration.ts'

/** Frozen when the session was created. What differs from the defaults stands out. */
export function ConfigurationCard({ configuration }: { configuration: Configuration }) {
  const groups = settingGroups.map(({ name, settings }) => ({
    name,
    facts: settings.map((setting) => settingFact(configuration, setting)),
  }))
  const chosen = groups.flatMap(({ facts }) => facts).filter(({ instead }) => instead !== null).length
  return (
    <Card title="Configuration" aside={chosen === 0 ? 'all defaults' : `${chosen} not the default`}>
      <div className="space-y-4">
        {groups.map(({ name, facts }) => (
          <section key={name}>
            <h3 className="mb-1 text-xs font-medium text-(--quiet)">{name}</h3>
            <dl className="space-y-1">
              {facts.map(({ setting, value, instead }) => (
                <div
                  key={setting}
                  data-setting={setting}
                  className={`gap-x-3 border-l-2 pl-2 sm:grid sm:grid-cols-[15rem_minmax(0,1fr)] ${instead === null ? 'border-transparent' : 'border-(--accent)'}`}
                >
                  <dt
                    className={`font-mono text-xs leading-5 wrap-anywhere ${instead === null ? 'text-(--quiet)' : ''}`}
                  >
                    {setting}
                  </dt>
                  <dd className={`wrap-anywhere ${instead === null ? 'text-(--quiet)' : 'font-medium'}`}>
                    {value}
                    {instead === null ? null : (
                      <span className="block text-xs font-normal text-(--quiet)">default: {instead}</span>
                    )}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Card>
  )
}
