"""Who a person is at an identity provider."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .people import User


class OpenIdIdentity(models.Model):
    """What lets a person sign in through an identity provider: a subject, at an issuer.

    Never their address: another provider may give the same one to somebody else. ``label`` is what
    the provider called them when the identity was linked; it is shown to themselves alone.
    ``factor_proved_at``: the last time that the provider also checked a second factor of theirs.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    issuer = models.CharField(_("Émetteur"), max_length=255)
    subject = models.CharField(_("Sujet"), max_length=255)
    label = models.CharField(_("Nom chez le fournisseur"), max_length=200, blank=True)
    linked_at = models.DateTimeField(_("Reliée le"))
    last_used_at = models.DateTimeField(_("Dernière connexion"), null=True, blank=True)
    factor_proved_at = models.DateTimeField(_("Second facteur vérifié le"), null=True, blank=True)

    class Meta:
        verbose_name = _("identité")
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_is_one_person"),
            models.CheckConstraint(
                condition=~models.Q(issuer="") & ~models.Q(subject=""),
                name="identity_has_issuer_and_subject",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.subject
