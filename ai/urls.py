from django.contrib import admin
from django.urls import path

from ai import views
from ai.admin import prompts, replaying, switching

inside = admin.site.admin_view

urlpatterns = [
    path("ai", admin.site.admin_view(views.settings_page), name="ai_settings"),
    path("ai/", admin.site.admin_view(views.settings_page)),
    path("ai/test/<slug:provider>", admin.site.admin_view(views.test_key), name="ai_test_key"),
    path("ai/read-lists", admin.site.admin_view(views.read_lists), name="ai_read_lists"),
    path("usage", admin.site.admin_view(views.usage_page), name="ai_usage"),
    path("usage/", admin.site.admin_view(views.usage_page)),
    path("usage/<slug:rows>.csv", admin.site.admin_view(views.usage_export), name="ai_usage_export"),
    path("replay/<int:pk>", inside(replaying.replay_page), name="ai_replay"),
    path("replay/<int:pk>/estimate", inside(replaying.replay_estimate), name="ai_replay_estimate"),
    path("prompts", inside(prompts.prompt_list), name="ai_prompts"),
    path("prompts/", inside(prompts.prompt_list)),
    path("prompts/<str:name>", inside(prompts.prompt_page), name="ai_prompt"),
    path("prompts/<str:name>/use", inside(prompts.use_edition), name="ai_prompt_use"),
    path("models/<int:pk>/switch", inside(switching.switch_page), name="ai_switch"),
    path("models/<int:pk>/switch/estimate", inside(switching.switch_estimate), name="ai_switch_estimate"),
    path("models/<int:pk>/switch/try", inside(switching.try_successor), name="ai_switch_try"),
    path("models/<int:pk>/switch/now", inside(switching.switch), name="ai_switch_now"),
]
