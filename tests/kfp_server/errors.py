"""Refusals in the formats of the API."""

from __future__ import annotations

from kfp_server.messages import Answer, json_answer


class ApiError(Exception):
    """A refusal, which the request handler turns into a response."""

    def __init__(self, status: int, grpc_code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.grpc_code = grpc_code
        self.message = message

    def answer(self, gateway: int = 1) -> Answer:
        """Returns it in the format of grpc-gateway, whose version 2 (KFP from 2.14 on) has no key ``error``."""
        detail = {
            "@type": "type.googleapis.com/api.Error",
            "error_message": self.message,
            "error_details": self.message,
        }
        error = {"error": self.message} if gateway == 1 else {}
        body = {**error, "code": self.grpc_code, "message": self.message, "details": [detail]}
        return json_answer(body, self.status)

    def upload_answer(self) -> Answer:
        """Returns it in the format of the upload endpoints, which are not behind grpc-gateway."""
        return json_answer(
            {"error_message": self.message, "error_details": f"Error: {self.message}"}, self.status
        )


def invalid(message: str) -> ApiError:
    return ApiError(400, 3, f"Invalid input error: {message}")


def internal(message: str) -> ApiError:
    return ApiError(500, 13, f"InternalServerError: {message}")


def not_found(kind: str, key: str) -> ApiError:
    return ApiError(404, 5, f"ResourceNotFoundError: {kind} {key} not found.")
