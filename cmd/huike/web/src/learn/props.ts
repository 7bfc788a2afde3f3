import type { Client } from "../members/ask";
import type { Lang } from "../words";
import type { Words } from "./words";

// What each part of the page is given.
export interface Props {
  client: Client;
  words: Words;
  lang: Lang;
  may: (op: string) => boolean; // whether whoever works here may do something at all
}
