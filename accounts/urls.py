"""Signing in, signing out, changing one's password: nothing else of allauth is exposed.

Accounts are made by an administrator (``manage.py create_user``), so there is no sign-up, and no address to which a
password could be reset by post.
"""

from allauth.account import views
from django.urls import path

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("password/change/", views.password_change, name="account_change_password"),
]
