const words = (text: string) => new Set(text.split(' '))

/** They are no names of methods or attributes. Nothing else can be done with them there: Go and Java write fields in another case, or quote them. */
export const pythonKeywords = words(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass ' +
    'raise return try while with yield None True False',
)

/** Types that every file of Python or Java has, or that generated files import: a model of that name hides them. */
export const commonTypes = words(
  'Any Array ArrayList Arrays Boolean Byte Callable Character Class Date Dict Double Enum Error Exception File Float Generic HashMap Integer ' +
    'Iterable JsonProperty List Literal Long Map Module None NoReturn Number Object Objects Optional Override Package Process Record Response Runtime ' +
    'Set Short String StringBuilder System Thread Throwable Tuple Type URI URL UUID Union Void Warning',
)

/** Members that every class has already: in Java, in pydantic and attrs; and what an initialiser calls itself. */
export const classMembers = words(
  'class self cls json dict copy schema construct validate fields hashCode toString equals notify wait',
)

/** Field names of the contract for good, although Python needs an underscore for them. */
export const escapedFields = words('from')

/** What generators append to an operation's id for the types of its parts. */
export const operationSuffixes = [
  'Request',
  'Response',
  'Responses',
  'Params',
  'Data',
  'Error',
  'Errors',
  'Body',
  'Headers',
  'Query',
  'Path',
]
