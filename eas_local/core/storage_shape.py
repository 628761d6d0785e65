"""The shape of `storage[]`: its keys with type and range, one key for each kind of storage."""

from typing import Annotated

from pydantic import AfterValidator, Field

from eas_local.core.field_types import Shape, Size, Text, one_of


class OssShape(Shape):
    path: Text = ""
    endpoint: Text = ""
    read_only: bool | None = Field(default=None, alias="readOnly")


class NfsShape(Shape):
    path: Text = "/"
    server: Text = ""
    read_only: bool = Field(default=False, alias="readOnly")
    resource_group: Text = Field(default="", alias="resourceGroup")


class DatasetShape(Shape):
    id: Text = ""
    version: Text = ""
    read_only: bool = False


class CodeShape(Shape):
    id: Text = ""


class GitShape(Shape):
    repo: Text = ""
    branch: Text = ""
    commit: Text = ""
    username: Text = ""
    password: Text = ""


class ImageShape(Shape):
    image: Text = ""
    path: Text = ""


class EmptyDirShape(Shape):
    medium: Annotated[str, AfterValidator(one_of("memory"))] = ""
    size_limit: Size | None = None


class CacheShape(Shape):
    capacity: Size | None = None
    path: Text = ""


class PropertiesShape(Shape):
    resource_type: Text = ""
    resource_use: Text = ""


class StorageShape(Shape):
    mount_path: Text = ""
    oss: OssShape | None = None
    nfs: NfsShape | None = None
    cpfs: NfsShape | None = None
    dataset: DatasetShape | None = None
    code: CodeShape | None = None
    git: GitShape | None = None
    image: ImageShape | None = None
    empty_dir: EmptyDirShape | None = None
    cache: CacheShape | None = None
    properties: PropertiesShape = PropertiesShape()
