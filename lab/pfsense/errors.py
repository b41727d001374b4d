"""The package's errors: an HTTP status, a stable ``response_id`` and a message."""


class ApiError(Exception):
    def __init__(self, status: int, response_id: str, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status, self.response_id, self.message, self.retry_after = status, response_id, message, retry_after


def refuse(response_id: str, message: str) -> ApiError:
    return ApiError(400, response_id, message)


def not_found(id: object) -> ApiError:
    return ApiError(404, "MODEL_OBJECT_NOT_FOUND", f"Object with ID `{id}` does not exist")
