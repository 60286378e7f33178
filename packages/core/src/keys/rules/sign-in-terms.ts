/** How long a sign-in lasts after its last use, and how long at most. */
export const signInHours = { idle: 12, most: 7 * 24 }

/** How often its last use is written, at most, in seconds: so that it is true to a minute. */
export const signInStepSeconds = 30

/**
 * When its row goes, in hours after it began: longer than browsers keep the cookie. The cookie of a sign-in that has ended is
 * known until then, and is no wrong token, which would count against its address.
 */
export const signInKeptHours = signInHours.most + 24

/** Of one key, or of operators. The oldest goes first, so that nobody fills the database by signing in. */
export const mostSignIns = 100

/** How long a link can be used. */
export const signInLinkMinutes = 15
