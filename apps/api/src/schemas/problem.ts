import { limitNames, maxReportedErrors, type ProblemCode, problems } from '@backhaul/core'
import { Type } from 'typebox'
import { closed, oneOf, ref } from './shapes.ts'

export const FaultSchema = Type.Object(
  {
    pointer: Type.String({
      description:
        'Where: a JSON pointer (RFC 6901) into the body, or `/query/…`, `/params/…`, `/headers/…` for what was not in the body.',
    }),
    code: Type.String({ description: 'What kind of error: a problem code, or the rule that was broken.' }),
    detail: Type.String(),
    fix: Type.Optional(Type.String({ description: 'How to mend it.' })),
  },
  { $id: 'Fault', ...closed },
)

export const DifferenceSchema = Type.Object(
  {
    pointer: Type.String({ description: 'JSON pointer into the configuration.' }),
    stored: Type.Unknown({ description: 'What the session has. Header values are masked.' }),
    given: Type.Unknown({ description: 'What the request gave. Header values are masked.' }),
  },
  { $id: 'Difference', ...closed },
)

export const ViolationSchema = Type.Object(
  {
    name: oneOf(limitNames),
    maximum: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    used: Type.Integer({ minimum: 0, description: 'Before the request.' }),
  },
  { $id: 'Violation', ...closed },
)

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri-reference', description: "The address of this problem's documentation." }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String(),
    instance: Type.String({ description: 'The path that was asked for.' }),
    code: oneOf(Object.keys(problems) as ProblemCode[]),
    requestId: Type.String({ description: 'The same as in the `X-Request-Id` header and in the logs.' }),
    fix: Type.Optional(Type.String({ description: 'What to do about it, where no `errors` say so.' })),
    errors: Type.Optional(
      Type.Array(ref(FaultSchema), {
        maxItems: maxReportedErrors,
        description: `Every error of the request; with more than ${maxReportedErrors}, the first ones.`,
      }),
    ),
    differences: Type.Optional(
      Type.Array(ref(DifferenceSchema), { description: 'With `configuration_mismatch`: field by field.' }),
    ),
    violated: Type.Optional(
      Type.Array(ref(ViolationSchema), { description: 'With `quota_exceeded`: the limits that are in the way.' }),
    ),
  },
  { $id: 'Problem', description: 'A refusal (RFC 9457).', ...closed },
)
