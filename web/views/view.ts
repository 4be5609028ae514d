/** One of the things the page can show. */
export interface View {
  readonly element: HTMLElement;
  /** For the title of the window and the level-one heading. */
  readonly title: string;
  /** Brings the text up to what the model knows; called after frames, at most once a picture. */
  update(): void;
  /** Draws what moves; called for each picture of the screen, while it is shown. */
  frame?(): void;
  /** Takes a key that nothing else wanted; true where it meant something. */
  key?(key: string): boolean;
  destroy(): void;
}
