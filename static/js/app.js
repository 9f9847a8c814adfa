// Comforts of every page. Nothing here is needed to use the product.
import "./dialog.js";
import "./dismiss.js";
import "./confirm.js";
import "./copy.js";
import "./once.js";
