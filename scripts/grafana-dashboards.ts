/** A chart: what it shows, its unit by Grafana's names, and its queries with the text of their legends. */
interface Panel {
  title: string
  unit: 'short' | 's' | 'bytes' | 'Bps' | 'ops' | 'percentunit'
  queries: readonly (readonly [expression: string, legend: string])[]
}

const rate = (metric: string, by = '', where = '') =>
  `sum${by && ` by (${by})`} (rate(backhaul_${metric}${where && `{${where}}`}[$__rate_interval]))`
/** Of a histogram's values. */
const quantile = (q: number, metric: string, by = '') =>
  `histogram_quantile(${q}, sum by (${['le', by].filter(Boolean).join(', ')}) (rate(backhaul_${metric}_bucket[$__rate_interval])))`
const fleet = (metric: string, by = '') => `max${by && ` by (${by})`} (backhaul_fleet_${metric})`

const dashboards: Record<string, { title: string; panels: readonly Panel[] }> = {
  overview: {
    title: 'Backhaul: overview',
    panels: [
      { title: 'Tasks that have not ended', unit: 'short', queries: [[fleet('tasks', 'state'), '{{state}}']] },
      { title: 'What tasks wait for', unit: 'short', queries: [[fleet('waiting_tasks', 'reason'), '{{reason}}']] },
      {
        title: 'How long tasks wait',
        unit: 's',
        queries: [
          [fleet('oldest_waiting_task_seconds'), 'oldest task'],
          [fleet('dispatch_lag_seconds'), 'oldest that may begin'],
        ],
      },
      {
        title: 'Places for transfers',
        unit: 'short',
        queries: [
          [fleet('slots'), 'places'],
          ['sum(backhaul_transfers_running)', 'transfers'],
          [fleet('workers'), 'workers'],
        ],
      },
      {
        title: 'Requests',
        unit: 'ops',
        queries: [[rate('http_request_duration_seconds_count', 'status'), '{{status}}']],
      },
      {
        title: 'Requests: duration by route, 95 of 100',
        unit: 's',
        queries: [[quantile(0.95, 'http_request_duration_seconds', 'route'), '{{route}}']],
      },
      {
        title: 'Database: duration by room, 95 of 100',
        unit: 's',
        queries: [[quantile(0.95, 'store_duration_seconds', 'room'), '{{room}}']],
      },
      {
        title: 'Database: calls that fail',
        unit: 'ops',
        queries: [[rate('store_duration_seconds_count', 'room', 'outcome="failed"'), '{{room}}']],
      },
      {
        title: 'Connections to the database',
        unit: 'short',
        queries: [
          ['sum by (pool, state) (backhaul_database_pool_connections)', '{{pool}} {{state}}'],
          ['sum by (pool) (backhaul_database_pool_waiting)', '{{pool}} waiting'],
        ],
      },
      {
        title: 'Event loop: lag, 99 of 100',
        unit: 's',
        queries: [['nodejs_eventloop_lag_p99_seconds{job="backhaul"}', '{{instance}}']],
      },
      { title: 'Memory', unit: 'bytes', queries: [['process_resident_memory_bytes{job="backhaul"}', '{{instance}}']] },
      {
        title: 'Processes by version',
        unit: 'short',
        queries: [['count by (version) (backhaul_build_info)', '{{version}}']],
      },
    ],
  },
  transfers: {
    title: 'Backhaul: transfers',
    panels: [
      { title: 'Attempts by outcome', unit: 'ops', queries: [[rate('transfers_total', 'outcome'), '{{outcome}}']] },
      {
        title: 'Attempts that fail, by error',
        unit: 'ops',
        queries: [[rate('transfers_total', 'error', 'outcome=~"failed|retried"'), '{{error}}']],
      },
      {
        title: 'Bytes',
        unit: 'Bps',
        queries: [
          [rate('transfer_received_bytes_total'), 'received from origins'],
          [rate('transfer_completed_bytes_total'), 'of completed files'],
          [rate('transfer_resumed_bytes_total'), 'found in storage'],
          [rate('transfer_refetched_bytes_total'), 'received again'],
        ],
      },
      {
        title: 'Duration of attempts',
        unit: 's',
        queries: [
          [quantile(0.5, 'transfer_duration_seconds'), 'half'],
          [quantile(0.95, 'transfer_duration_seconds'), '95 of 100'],
        ],
      },
      {
        title: 'Tasks claimed and brought back',
        unit: 'ops',
        queries: [
          [rate('claimed_tasks_total'), 'claimed'],
          [rate('reaped_tasks_total'), 'brought back'],
        ],
      },
      { title: 'Parts', unit: 'ops', queries: [[rate('transfer_parts_total'), 'parts']] },
      {
        title: 'Storage: calls',
        unit: 'ops',
        queries: [
          [rate('storage_operation_duration_seconds_count', 'operation, outcome'), '{{operation}} {{outcome}}'],
        ],
      },
      {
        title: 'Storage: duration, 95 of 100',
        unit: 's',
        queries: [[quantile(0.95, 'storage_operation_duration_seconds', 'operation'), '{{operation}}']],
      },
      {
        title: 'Memory for parts',
        unit: 'bytes',
        queries: [
          ['sum by (instance) (backhaul_memory_budget_used_bytes)', '{{instance}} used'],
          ['max(backhaul_memory_budget_bytes)', 'budget of a process'],
        ],
      },
    ],
  },
  hosts: {
    title: 'Backhaul: origin hosts',
    panels: [
      { title: 'Hosts that are left alone', unit: 'short', queries: [[fleet('blocked_hosts'), 'hosts']] },
      { title: 'Connections to origins', unit: 'short', queries: [[fleet('source_connections'), 'connections']] },
      {
        title: 'Requests to origins',
        unit: 'ops',
        queries: [[rate('source_requests_total', 'outcome'), '{{outcome}}']],
      },
    ],
  },
  weights: {
    title: 'Backhaul: tenants by weight',
    panels: [
      { title: 'Tenants that have tasks', unit: 'short', queries: [[fleet('weight_tenants', 'most'), 'to {{most}}']] },
      { title: 'Tasks in flight', unit: 'short', queries: [[fleet('weight_tasks_in_flight', 'most'), 'to {{most}}']] },
      { title: 'Tasks that may begin', unit: 'short', queries: [[fleet('weight_due_tasks', 'most'), 'to {{most}}']] },
      {
        title: 'Tasks in flight for a tenant',
        unit: 'short',
        queries: [[`${fleet('weight_tasks_in_flight', 'most')} / ${fleet('weight_tenants', 'most')}`, 'to {{most}}']],
      },
    ],
  },
  webhooks: {
    title: 'Backhaul: wakes and webhooks',
    panels: [
      {
        title: 'Attempts of deliveries',
        unit: 'ops',
        queries: [[rate('delivery_attempts_total', 'outcome'), '{{outcome}}']],
      },
      { title: 'Pending deliveries', unit: 'short', queries: [[fleet('pending_deliveries'), 'deliveries']] },
      {
        title: 'How long the oldest delivery has been due',
        unit: 's',
        queries: [[fleet('oldest_due_delivery_seconds'), 'oldest']],
      },
      {
        title: 'From commit to first attempt',
        unit: 's',
        queries: [
          [quantile(0.5, 'delivery_first_attempt_lag_seconds'), 'half'],
          [quantile(0.95, 'delivery_first_attempt_lag_seconds'), '95 of 100'],
        ],
      },
      {
        title: 'Duration of attempts',
        unit: 's',
        queries: [
          [quantile(0.5, 'delivery_attempt_duration_seconds'), 'half'],
          [quantile(0.95, 'delivery_attempt_duration_seconds'), '95 of 100'],
        ],
      },
      { title: 'Wakes', unit: 'ops', queries: [[rate('wakes_total'), 'opened or expired']] },
      { title: 'Open wakes', unit: 'short', queries: [[fleet('open_wakes'), 'wakes']] },
      {
        title: 'Delay of tasks by the wake limiter',
        unit: 's',
        queries: [
          [quantile(0.5, 'limiter_delay_seconds'), 'half'],
          [quantile(0.95, 'limiter_delay_seconds'), '95 of 100'],
        ],
      },
      {
        title: 'Tenants whose wake limiter delays by at most',
        unit: 'short',
        queries: [[fleet('limiter_tenants', 'le'), '{{le}} s']],
      },
    ],
  },
}

const columns = 2
const width = 24 / columns
const height = 8

/** The files of deploy/grafana, by their names, in Grafana's format (schema 39). The data source is asked for at the import. */
export function grafanaDashboards(): Map<string, string> {
  return new Map(
    Object.entries(dashboards).map(([name, { title, panels }]) => {
      const dashboard = {
        uid: `backhaul-${name}`,
        title,
        tags: ['backhaul'],
        schemaVersion: 39,
        refresh: '30s',
        time: { from: 'now-6h', to: 'now' },
        templating: { list: [{ name: 'source', label: 'Prometheus', type: 'datasource', query: 'prometheus' }] },
        panels: panels.map((panel, n) => ({
          id: n + 1,
          type: 'timeseries',
          title: panel.title,
          datasource: { type: 'prometheus', uid: '$source' },
          gridPos: { x: (n % columns) * width, y: Math.floor(n / columns) * height, w: width, h: height },
          fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
          targets: panel.queries.map(([expr, legendFormat], m) => ({
            refId: String.fromCharCode(65 + m),
            expr,
            legendFormat,
          })),
        })),
      }
      return [`deploy/grafana/${name}.json`, `${JSON.stringify(dashboard, null, 2)}\n`]
    }),
  )
}
