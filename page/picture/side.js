/** Height and width of a digit in MNIST's form. */
export const SIDE = 28;
