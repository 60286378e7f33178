import { limitNames, maxReportedErrors, type ProblemCode, problems } from '@backhaul/core'
import { Type } from 'typebox'
import { byteCount, closed, oneOf, ref } from './shapes.ts'

export const FaultSchema = Type.Object(
  {
    pointer: Type.String({
      description:
        'Where: a JSON pointer (RFC 6901) into the body, or `/query/…`, `/params/…`, `/headers/…` for what was not in the body.',
    }),
    code: Type.String({ description: 'What kind of error: a problem code, or the rule that was broken.' }),
    detail: Type.String({ description: 'What is wrong, for people.' }),
    fix: Type.Optional(Type.String({ description: 'How to mend it.' })),
  },
  { $id: 'Fault', description: 'One error of a request.', ...closed },
)

export const DifferenceSchema = Type.Object(
  {
    pointer: Type.String({ description: 'JSON pointer into the configuration.' }),
    stored: Type.Unknown({ description: 'What the session has. Header values are masked.' }),
    given: Type.Unknown({ description: 'What the request gave. Header values are masked.' }),
  },
  { $id: 'Difference', description: 'A field in which two configurations differ.', ...closed },
)

export const ViolationSchema = Type.Object(
  {
    name: oneOf(limitNames, { description: 'Which limit, as `GET /v1/limits` explains them.' }),
    maximum: byteCount('What it allows; bytes with the limits of bytes.'),
    used: Type.Integer({ minimum: 0, description: 'Before the request.' }),
  },
  { $id: 'Violation', description: 'A limit that is in the way of a request.', ...closed },
)

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ format: 'uri-reference', description: "The address of this problem's documentation." }),
    title: Type.String({ description: 'What `code` means, for people.' }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP status of the response.' }),
    detail: Type.String({ description: 'What was wrong with this request, for people.' }),
    instance: Type.String({ description: 'The path that was asked for.' }),
    code: oneOf(Object.keys(problems) as ProblemCode[], { description: 'What kind of refusal: branch on it.' }),
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
