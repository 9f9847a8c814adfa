"""The certificates of a vendor that the hospital laid beside a point, as they were on that day."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from vendors.models import Certificate

from .assessment import Assessment
from .clausier import ControlPoint


class JoinedCertificate(models.Model):
    """What a certificate said when it was joined: never rewritten, kept once people have signed.

    It is the hospital's act, apart from the offer. It follows the point, whatever the edition.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="certificates")
    point = models.ForeignKey(ControlPoint, models.PROTECT, related_name="+")
    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="uses")
    data = models.JSONField()
    joined_at = models.DateTimeField(_("Joint le"))
    joined_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("certificat joint")
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "point", "certificate"], name="certificate_joined_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.data['label']} {self.data['number']}"
