"""The core as a service: its routes, background work, and who may do what."""

from datetime import timedelta

from fourfold.contracts.core import Accounts, Files, Notices, Tenants
from fourfold.core.access import api as access
from fourfold.core.access.jobs import forget_sessions
from fourfold.core.accounts import api as accounts
from fourfold.core.accounts.answers import NearAccounts, NearFiles
from fourfold.core.accounts.credentials import PHONE
from fourfold.core.accounts.jobs import forget_what_has_ended, greet
from fourfold.core.audit import api as audit
from fourfold.core.audit.jobs import anchor_each_hour, forget_person
from fourfold.core.background import api as background
from fourfold.core.codes.issue import PLACE as CODES
from fourfold.core.data_keys import api as data_keys
from fourfold.core.data_keys.jobs import reseal_fields
from fourfold.core.departures import api as departures
from fourfold.core.departures.erase import erase_tenant
from fourfold.core.departures.export import make_export
from fourfold.core.departures.letters import mail_at_once
from fourfold.core.factors import api as factors
from fourfold.core.factors.jobs import tidy_factors
from fourfold.core.factors.prove import TOTP_SECRET
from fourfold.core.files import api as files
from fourfold.core.files.jobs import forget_objects, make_variants, tidy_files
from fourfold.core.invitations import api as invitations
from fourfold.core.invitations.steps import STEPS
from fourfold.core.keys import api as keys
from fourfold.core.notices import api as notices
from fourfold.core.notices.answers import NearNotices
from fourfold.core.notices.jobs import deliver_mail
from fourfold.core.notices.texts import deliver_text
from fourfold.core.operators import api as operators
from fourfold.core.privacy import api as privacy
from fourfold.core.privacy.core_data import PERSONAL
from fourfold.core.privacy.erase import erase_person
from fourfold.core.privacy.export import export_person
from fourfold.core.recovery import api as recovery
from fourfold.core.recovery.change_email import mail_both
from fourfold.core.recovery.reset import mail_reset
from fourfold.core.roles import api as roles
from fourfold.core.settings import api as settings
from fourfold.core.settings.known import SETTINGS
from fourfold.core.sign_in import api as sign_in
from fourfold.core.templates import api as templates
from fourfold.core.tenants import api as tenants
from fourfold.core.tenants.answers import NearTenants
from fourfold.core.uploads import api as uploads
from fourfold.core.uploads.finish import compose_file, finish_upload
from fourfold.core.uploads.jobs import tidy_uploads
from fourfold.ground.service import Schedule, Service

EVERYBODY = frozenset({"owner", "admin", "vendor", "customer", "moderator", "analyst"})
ADMINISTRATORS = frozenset({"owner", "admin"})
OPERATORS = frozenset({"operator"})
OWNERS = frozenset({"owner"})

core = Service(
    "core",
    "Tenants, accounts, access, mails, background work.",
    routers=[
        tenants.router,
        settings.router,
        operators.router,
        departures.router,
        privacy.router,
        invitations.router,
        accounts.router,
        recovery.router,
        access.router,
        access.well_known,
        sign_in.router,
        factors.router,
        data_keys.router,
        keys.router,
        roles.router,
        notices.router,
        templates.router,
        background.router,
        files.router,
        uploads.router,
        audit.router,
    ],
    permissions={
        "core:me:read": EVERYBODY,
        "core:me:write": EVERYBODY,
        "core:api_keys:read": EVERYBODY,
        "core:api_keys:write": EVERYBODY,
        "core:accounts:read": ADMINISTRATORS,
        "core:accounts:write": ADMINISTRATORS,
        "core:roles:read": ADMINISTRATORS,
        "core:roles:write": ADMINISTRATORS,
        "core:sessions:read": ADMINISTRATORS,
        "core:sessions:write": ADMINISTRATORS,
        "core:service_accounts:read": ADMINISTRATORS,
        "core:service_accounts:write": ADMINISTRATORS,
        "core:factors:reset": ADMINISTRATORS,
        "core:data_keys:read": ADMINISTRATORS,
        "core:data_keys:write": ADMINISTRATORS,
        "core:mails:read": ADMINISTRATORS,
        "core:mails:write": ADMINISTRATORS,
        "core:suppressions:read": ADMINISTRATORS,
        "core:suppressions:write": ADMINISTRATORS,
        "core:templates:read": ADMINISTRATORS,
        "core:templates:write": ADMINISTRATORS,
        "core:jobs:read": ADMINISTRATORS,
        "core:jobs:write": ADMINISTRATORS,
        "core:events:read": ADMINISTRATORS,
        "core:events:write": ADMINISTRATORS,
        "core:audit:read": ADMINISTRATORS,
        "core:audit:anchor": ADMINISTRATORS,
        "core:settings:read": ADMINISTRATORS,
        "core:settings:write": ADMINISTRATORS,
        "core:files:read": EVERYBODY,
        "core:files:write": EVERYBODY,
        "core:files:read_all": ADMINISTRATORS,
        "core:files:write_all": ADMINISTRATORS,
        "core:operator:read": OPERATORS,
        "core:operator:write": OPERATORS,
        "core:exports:read": OWNERS,
        "core:invitations:read": ADMINISTRATORS,
        "core:invitations:write": ADMINISTRATORS,
        "core:privacy:read": ADMINISTRATORS,
        "core:privacy:write": ADMINISTRATORS,
        "core:exports:write": OWNERS,
        "core:deletions:write": OWNERS,
    },
    jobs=[
        erase_tenant,
        erase_person,
        export_person,
        make_export,
        mail_at_once,
        compose_file,
        finish_upload,
        forget_objects,
        make_variants,
        anchor_each_hour,
        forget_person,
        deliver_mail,
        deliver_text,
        forget_sessions,
        forget_what_has_ended,
        greet,
        mail_both,
        mail_reset,
        reseal_fields,
    ],
    schedules=[
        Schedule(tidy_factors, timedelta(hours=1), "core.tenants_with_ended_ceremonies"),
        Schedule(anchor_each_hour, timedelta(hours=1), "core.tenants_with_longer_chains"),
        Schedule(forget_what_has_ended, timedelta(days=1), "core.tenants_with_old_codes"),
        Schedule(forget_sessions, timedelta(days=1), "core.tenants_with_ended_sessions"),
        Schedule(tidy_uploads, timedelta(hours=1), "core.tenants_with_ended_uploads"),
        Schedule(tidy_files, timedelta(days=1)),
    ],
    answers={Accounts: NearAccounts, Files: NearFiles, Notices: NearNotices, Tenants: NearTenants},
    migrations=["ground", "core"],
    sealed=[CODES, PHONE, TOTP_SECRET],
    settings=SETTINGS,
    personal=PERSONAL,
    steps=STEPS,
)
