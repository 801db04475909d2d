/** A value as it arrives in JSON: times are text. */
export type OverTheWire<Value> = Value extends Date
  ? string
  : Value extends object
    ? { [Key in keyof Value]: OverTheWire<Value[Key]> }
    : Value;
