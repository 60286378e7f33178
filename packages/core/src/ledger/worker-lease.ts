/** How long a worker has a task without a sign of life. */
const leaseSeconds = 15

/** The column of a task whose worker has just given one. */
export const renewedLease = `lease_until = clock_timestamp() + interval '${leaseSeconds} seconds'`
