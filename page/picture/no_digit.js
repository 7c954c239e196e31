/** Why a picture shows no digit. */
export class NoDigit extends Error {}
