"""What the admin's sidebar shows: pure data, names by dotted path."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy


def _is_owner(request: Any) -> bool:
    return getattr(request, "role", None) == "owner"


def _is_superuser(request: Any) -> bool:
    return bool(request.user.is_superuser)


def _item(title: str, icon: str, url: str, **more: object) -> dict[str, object]:
    return {"title": title, "icon": icon, "link": reverse_lazy(url), **more}


# Where a text becomes a lesson: asked for by rooms below, which know no lessons.
LESSON_FROM_TEXT = "admin:lessons_lesson_add"

UNFOLD = {
    "SITE_TITLE": "Pressroom",
    "SITE_HEADER": "Pressroom",
    "SITE_SYMBOL": "newspaper",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("desk/favicon.svg")},
    ],
    "STYLES": [lambda request: static("desk/admin.css")],
    "SCRIPTS": [lambda request: static("desk/progress.js")],
    "DASHBOARD_CALLBACK": "desk.dashboard.callback",
    "SHOW_VIEW_ON_SITE": True,
    "COMMAND": {"search_models": True},
    "ACCOUNT": {"navigation": [{"title": "My preferences", "link": reverse_lazy("preferences")}]},
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {"items": [_item("Dashboard", "dashboard", "admin:index")]},
            {
                "title": "Blog",
                "items": [
                    _item("AI Auto-Generate", "auto_awesome", "admin:blog_batch_changelist"),
                    _item("Posts", "article", "admin:blog_post_changelist"),
                ],
            },
            {
                "title": "Lessons",
                "items": [
                    _item("Lessons", "school", "admin:lessons_lesson_changelist"),
                    _item("Sections", "toc", "admin:lessons_section_changelist"),
                    _item("Reading room", "menu_book", "lessons:list", active=False),
                ],
            },
            {
                "title": "Media",
                "items": [
                    _item("Library", "photo_library", "admin:media_mediafile_changelist"),
                    _item("Pictures to draw", "brush", "admin:media_drawing_changelist"),
                    _item("Transcripts", "subtitles", "admin:media_transcript_changelist"),
                ],
            },
            {
                "title": "Publishing",
                "items": [
                    _item("Calendar", "calendar_month", "publishing:calendar"),
                    _item("Write a post", "edit_square", "publishing:compose"),
                    _item("Publications", "send", "admin:publishing_publication_changelist"),
                    _item("Analytics", "monitoring", "publishing:analytics"),
                    _item("Repeating", "event_repeat", "admin:publishing_repeat_changelist"),
                    _item("Accounts", "account_circle", "admin:publishing_account_changelist"),
                    _item("Approvals", "how_to_reg", "admin:publishing_approval_changelist"),
                    _item("Approval rules", "rule", "admin:publishing_approvalrule_changelist", permission=_is_owner),
                    _item("Messages", "outgoing_mail", "admin:publishing_message_changelist", permission=_is_owner),
                    _item("Mail templates", "drafts", "admin:publishing_mailtemplate_changelist"),
                    _item("Webhooks", "webhook", "admin:publishing_endpoint_changelist", permission=_is_owner),
                    _item("The wall", "dashboard_customize", "admin:publishing_wallpost_changelist"),
                    _item("Faults of the wall", "bug_report", "admin:publishing_wallfault_changelist"),
                ],
            },
            {
                "title": "Work",
                "items": [
                    _item("My jobs", "assignment_ind", "admin:jobs_job_changelist"),
                    _item("AI calls", "receipt_long", "admin:ai_call_changelist"),
                    _item("Trials", "compare", "admin:ai_trial_changelist"),
                    _item("Usage", "payments", "ai_usage"),
                    _item("Queues", "stacks", "queues"),
                    _item("RQ (stats)", "monitoring", "django_rq:home", permission=_is_superuser),
                ],
            },
            {
                "title": "Workspace",
                "items": [
                    _item("Brands", "palette", "admin:accounts_brand_changelist"),
                    _item("Voices", "record_voice_over", "admin:content_voice_changelist"),
                    _item("AI settings", "key", "ai_settings"),
                    _item("AI models", "model_training", "admin:ai_listedmodel_changelist"),
                    _item("Prompts", "edit_note", "ai_prompts"),
                    _item("Budgets", "account_balance_wallet", "admin:ai_budget_changelist"),
                    _item("API tokens", "token", "admin:accounts_apitoken_changelist"),
                    _item("Members", "group", "admin:accounts_membership_changelist", permission=_is_owner),
                    _item("Invitations", "mail", "admin:accounts_invitation_changelist", permission=_is_owner),
                    _item("Audit trail", "history", "admin:accounts_auditentry_changelist", permission=_is_owner),
                    _item("Workspaces", "workspaces", "admin:accounts_tenant_changelist", permission=_is_owner),
                    _item("Users", "person", "admin:accounts_user_changelist", permission=_is_superuser),
                ],
            },
        ],
    },
}
