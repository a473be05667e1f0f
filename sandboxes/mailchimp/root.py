"""/ and /ping: whose account this is, and whether the API is well."""

from sandboxes.mailchimp.fields import OPEN, Shape, shape
from sandboxes.mailchimp.operation import Answer, Operation
from sandboxes.mailchimp.routing import Route

ROOT: Shape = shape(
    "account_id login_id account_name email first_name last_name username avatar_url role member_since "
    "pricing_plan_type first_payment account_timezone account_industry last_login pro_enabled "
    "total_subscribers",
    contact=shape("company addr1 addr2 city state zip country"),
    industry_stats=shape("open_rate bounce_rate click_rate"),
    _links=OPEN,
)


def get_root(op: Operation) -> Answer:
    account = op.account
    return {
        "account_id": account.account_id,
        "login_id": account.login_id,
        "account_name": account.name,
        "email": account.email,
        "first_name": "Frida",
        "last_name": "Lindqvist",
        "username": "frida",
        "avatar_url": "",
        "role": account.role,
        "member_since": account.created,
        "pricing_plan_type": "monthly",
        "first_payment": account.created,
        "account_timezone": "Europe/Stockholm",
        "account_industry": "e-Commerce",
        "contact": {
            "company": account.name, "addr1": "Hamngatan 1", "addr2": "", "city": "Stockholm",
            "state": "", "zip": "11147", "country": "SE",
        },
        "pro_enabled": False,
        "last_login": op.now,
        "total_subscribers": sum(one.by_status["subscribed"] for one in account.audiences.values()),
        "industry_stats": {"open_rate": 0.21, "bounce_rate": 0.005, "click_rate": 0.03},
        "_links": op.links(),
    }  # fmt: skip


def get_ping(op: Operation) -> Answer:
    return {"health_status": "Everything's Chimpy!"}


ROUTES = [Route("GET", "/", get_root, ROOT), Route("GET", "/ping", get_ping)]
