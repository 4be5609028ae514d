/**
 * A copy of a message with some of its fields replaced. Fields that the schema does not know, and which fields are set at
 * all, stay as they are; nothing below the message is copied.
 */
export function changed<T extends object>(message: T, fields: Partial<T>): T {
  // Defaults of fields that are not set are read from the prototype.
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message, fields);
}
