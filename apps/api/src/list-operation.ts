import type { TProperties, TSchema } from 'typebox'
import { type OperationSpec, operation } from './operation.ts'
import { pageQuery } from './schemas/page.ts'

type Given<Params extends TSchema> = Pick<
  OperationSpec<Params, TSchema, TSchema>,
  'operationId' | 'tag' | 'summary' | 'description' | 'params' | 'problems'
> & { access?: 'read' | 'admin' | 'operator' }

/** A route that lists page by page. It requires the scope `read` unless `access` says otherwise. `order` describes content and sorting. */
export function listOperation<const Filters extends TProperties, const Params extends TSchema = TSchema>({
  filters,
  page,
  order,
  ...spec
}: Given<Params> & { filters: Filters; page: TSchema; order: string }) {
  return operation({
    access: 'read',
    ...spec,
    querystring: pageQuery(filters),
    responses: { 200: { schema: page, description: order } },
  })
}
