/** The client that is the person at the page. */
export const PERSON = 1;
