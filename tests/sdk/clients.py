"""Official, unmodified SDKs behind one function: what a call is, and what became of it."""

import contextlib
import dataclasses
import datetime
import json
import subprocess
import time
import unittest.mock

from Tea.exceptions import TeaException
from alibabacloud_dts20200101 import models
from alibabacloud_dts20200101.client import Client as DtsClient
from alibabacloud_tea_openapi import exceptions as tea_exceptions
from alibabacloud_tea_openapi import utils_models
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from darabonba.runtime import RuntimeOptions

VERSION = "2020-01-01"


@dataclasses.dataclass
class Call:
    """How one request is to be made."""
    action: str
    parameters: dict
    signature: str = "acs3"  # or v1
    method: str = "POST"
    place: str = "query"  # where the parameters go; or body, or both
    key: str = "key"
    secret: str = "secret"
    token: str = ""
    late: int = 0  # seconds by which the client's clock is behind


@dataclasses.dataclass
class Outcome:
    code: str  # "": success
    status: int
    body: dict
    retry_after: int = 0
    advice: str = ""  # what the SDK concludes


@contextlib.contextmanager
def clock_behind(seconds):
    """The clock that the SDKs look at, not the SDKs, is set back."""
    gmtime = time.gmtime

    class LateDatetime(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return datetime.datetime.utcfromtimestamp(time.time() - seconds)

    with unittest.mock.patch("time.gmtime", lambda: gmtime(time.time() - seconds)), \
            unittest.mock.patch("alibabacloud_tea_openapi.utils.datetime", LateDatetime):
        yield


class TeaClient:
    """alibabacloud_dts20200101 on alibabacloud_tea_openapi."""

    def __init__(self, address):
        self.address = address

    def call(self, call):
        client = DtsClient(utils_models.Config(
            access_key_id=call.key, access_key_secret=call.secret, security_token=call.token or None,
            endpoint=self.address, protocol="http", region_id="cn-hangzhou",
            signature_algorithm="v2" if call.signature == "v1" else None))
        try:
            with clock_behind(call.late):
                body = self.send(client, call)
        except (tea_exceptions.AlibabaCloudException, TeaException) as error:
            return Outcome(error.code, error.status_code, error.data or {},
                           getattr(error, "retry_after", None) or 0)
        return Outcome("" if body.get("Success") else body.get("ErrCode", "none"), 200, body)

    @staticmethod
    def send(client, call):
        typed = {"StartDtsJob": (client.start_dts_job, models.StartDtsJobRequest),
                 "SuspendDtsJob": (client.suspend_dts_job, models.SuspendDtsJobRequest),
                 "StopDtsJob": (client.stop_dts_job, models.StopDtsJobRequest),
                 "DescribeDtsJobs": (client.describe_dts_jobs, models.DescribeDtsJobsRequest),
                 "DescribeDtsJobDetail": (client.describe_dts_job_detail, models.DescribeDtsJobDetailRequest),
                 "DescribePreCheckStatus": (client.describe_pre_check_status, models.DescribePreCheckStatusRequest)}
        if call.method == "POST" and call.place == "query" and call.action in typed:
            function, request = typed[call.action]
            return function(request().from_map(call.parameters)).body.to_map()
        places = ("query", "body") if call.place == "both" else (call.place,)
        body = {place: dict(call.parameters) for place in places}
        params = utils_models.Params(
            action=call.action, version=VERSION, protocol="HTTP", pathname="/", method=call.method,
            auth_type="AK", style="RPC", req_body_type="formData", body_type="json")
        return client.call_api(params, utils_models.OpenApiRequest(**body), RuntimeOptions())["body"]


class CoreClient:
    """CommonRequest of aliyun-python-sdk-core; it knows V1 only."""

    def __init__(self, address):
        self.host, _, port = address.partition(":")
        self.port = int(port)

    def call(self, call):
        credential = (StsTokenCredential(call.key, call.secret, call.token) if call.token
                      else AccessKeyCredential(call.key, call.secret))
        client = AcsClient(region_id="cn-hangzhou", credential=credential, port=self.port,
                           auto_retry=False)
        request = CommonRequest(domain=self.host, version=VERSION, action_name=call.action)
        request.set_protocol_type("http")
        request.set_method(call.method)
        for name, value in call.parameters.items():
            if call.place != "body":
                request.add_query_param(name, value)
            if call.place != "query":
                request.add_body_params(name, value)
        try:
            with clock_behind(call.late):
                body = json.loads(client.do_action_with_exception(request))
        except ServerException as error:
            return Outcome(error.get_error_code(), error.get_http_status(), {})
        return Outcome("" if body.get("Success") else body.get("ErrCode", "none"), 200, body)


class ProgramClient:
    """An SDK of another language: a program that takes a call per line and answers with a line."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(self, call):
        self.process.stdin.write(json.dumps(dataclasses.asdict(call)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended with {self.process.wait()}")
        answer = json.loads(line)
        body = answer.get("body") or {}
        code = answer.get("code", "") or ("" if body.get("Success") else body.get("ErrCode", "none"))
        return Outcome(code, answer.get("status", 200), body, advice=answer.get("advice", ""))

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
