/**
 * SQL: the time is at least so many days ago; `days` is a parameter and may be a fraction. By the statement's time, so that
 * it can be looked up in an index.
 */
export const isAged = (time: string, days: string) =>
  `${time} <= statement_timestamp() - make_interval(secs => ${days}::float8 * 86400)`
