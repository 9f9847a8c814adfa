"""Where collectstatic puts the static files of a version, beside those of another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# import … from "./x.js", import "./x.js", import("./x.js"), export … from "./x.js"
IMPORT = r"""(?P<matched>\b(?P<word>from\s*|import\s*\(?)["'](?P<url>\.[^"']+)["'])"""


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Files named by their hash, and our JavaScript modules ask for each other by that name.

    By its plain name a module would be that of the version collected last, or, going back, of the
    newest: collectstatic leaves a newer file in its place. Django's own option reads the libraries
    too, and takes for files what their comments speak of.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((IMPORT, '%(word)s"%(url)s"'),)),
    )
