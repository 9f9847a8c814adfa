// The features about people, in the order they need: who is here, what others changed, the session,
// the chapters. Each one hears the same sign of life.
import { Chapters } from "./chapters.js";
import { Life } from "./life.js";
import { News, NewsToRead } from "./news.js";
import { Presence } from "./presence.js";
import { Session } from "./session.js";

export const PEOPLE = [Life, Presence, News, Session, Chapters];
export const PEOPLE_WHO_READ = [Life, Presence, NewsToRead, Session, Chapters];
