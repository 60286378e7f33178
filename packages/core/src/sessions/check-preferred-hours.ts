import { AppError } from '../kernel/rules/errors.ts'
import { checkPreferredHours, type PreferredHours } from './rules/preferred-hours.ts'

/** Throws `invalid_request` with every error of the hours, whose shape is already checked. */
export function refuseBadHours(hours: PreferredHours | null | undefined, pointer: string): void {
  const errors = hours ? checkPreferredHours(hours, pointer) : []
  const [first] = errors
  if (first) throw new AppError('invalid_request', first.detail, { errors })
}
