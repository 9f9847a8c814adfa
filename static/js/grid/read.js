// The grid of a member who reads: only the guides unfold.
import { Guides } from "./guides.js";

const table = document.getElementById("lecture");
if (table) new Guides(table, document.querySelector("[data-guides-all]"));
